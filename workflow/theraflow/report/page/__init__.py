"""The page that people open first: one HTML file of what a campaign asked, found and cost."""
