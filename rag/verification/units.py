"""The units of measure that figures are given in."""

# The unit's name, and how it is written after a number (or before it).
UNITS = (
    ("%", r"%"),
    ("HK dollars", r"(?:hk|hong kong) dollars?\b|港元|港币"),
    ("dollars", r"(?:us )?dollars?\b|美元|加元"),
    ("pounds", r"pounds?\b|英镑"),
    ("euros", r"euros?\b|欧元"),
    ("yuan", r"yuan\b|rmb\b|人民币|元"),
    ("sq km", r"(?:square kilomet(?:er|re)s?|sq\.? ?km|km2)\b|平方公里|平方千米"),
    ("sq miles", r"(?:square miles?|sq\.? ?mi)\b|平方英里"),
    ("sq m", r"(?:square met(?:er|re)s?|sq\.? ?m|m2)\b|平方米"),
    ("hectares", r"(?:hectares?|ha)\b|公顷"),
    ("acres", r"acres?\b|英亩"),
    ("km", r"(?:kilomet(?:er|re)s?|km)\b|公里|千米"),
    ("miles", r"(?:miles?|mi)\b|英里"),
    ("°C", r"°c\b|degrees celsius|摄氏度"),
    ("°F", r"°f\b|degrees fahrenheit|华氏度"),
    ("decades", r"decades?\b"),
    ("years", r"years?\b|周年|年|岁"),
    ("months", r"months?\b|个月"),
    ("weeks", r"weeks?\b|周|个?星期"),
    ("days", r"days?\b|天"),
    ("hours", r"(?:hours?|hrs?)\b|个?小时"),
    ("minutes", r"(?:minutes?|mins?)\b|分钟"),
    ("seconds", r"(?:seconds?|secs?)\b|秒"),
    ("tonnes", r"(?:metric )?tons?(?:nes?)?\b|吨"),
    ("kg", r"(?:kilograms?|kg)\b|公斤|千克"),
    ("m", r"met(?:er|re)s?\b|米"),
    ("ordinal", r"世纪"),
)
SYMBOLS = dict(
    zip(("hk$", "us$", "$", "£", "€", "¥"),
        ("HK dollars", "dollars", "dollars", "pounds", "euros", "yuan"), strict=True)
)  # fmt: skip
