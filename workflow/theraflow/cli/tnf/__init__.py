"""``theraflow tnf``: commands of the study of a spheroid under TNF."""
