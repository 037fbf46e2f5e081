"""The service: the assistant over HTTP and for MCP clients, a thin edge beside the page."""
