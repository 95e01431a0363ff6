"""What the page tells of the campaign as a whole: in brief, cost, certainty, provenance."""
