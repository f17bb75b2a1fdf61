"""Order 74: people and families in a difficult life situation. Importing registers everything."""
