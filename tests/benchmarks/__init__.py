"""The benchmark: OMO's own pages and acts against bare Django and raw SQL on the same tables, by the same server, in the same run."""
