"""What a user of latchkey runs on a computer."""
