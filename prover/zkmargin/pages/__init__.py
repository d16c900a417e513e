"""HTML pages of margin reports and backtests. They need the extra ``report``."""
