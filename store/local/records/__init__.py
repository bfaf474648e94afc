"""What was recorded, by any filter and page by page; no page looks at more than so many rows."""
