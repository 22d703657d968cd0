"""How each kind of description is told: title, plain text, HTML."""
