"""What each participant of a market does: holder, venue, liquidator, bidder."""
