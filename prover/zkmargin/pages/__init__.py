"""HTML pages: an account's margin report, a model's backtest. They need the extra ``report``."""
