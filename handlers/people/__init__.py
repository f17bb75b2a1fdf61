"""Persons and families: what every order of the Ministry knows about people."""
