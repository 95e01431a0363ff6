"""Study 2: therapies of virtual patients with metastatic colorectal cancer."""
