"""The API that other installations use, and the team's pages."""
