"""Foreign interventions in Mali and the politics around them: tables in which every value can be followed to a place in a source."""

__version__ = "0.1.0"
