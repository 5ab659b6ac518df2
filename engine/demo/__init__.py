"""The demo county: invented people in real bodies, and seventy ideas on their way."""
