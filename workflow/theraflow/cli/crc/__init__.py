"""``theraflow crc``: commands of the study of colorectal therapies."""
