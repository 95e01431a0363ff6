"""Methods of search, one file per library; ``registry`` knows them all."""
