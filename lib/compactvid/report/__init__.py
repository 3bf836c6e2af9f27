"""Tables and figures from results, as HTML that reads well on a phone, in print and without a screen."""
