"""The model of colorectal cancer: from tables to SBML and to COPASI."""
