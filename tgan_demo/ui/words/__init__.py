"""Every visible string in English and 中文: a TOML file a panel, and the table of all of them."""
