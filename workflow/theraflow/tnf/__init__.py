"""Study 1: a tumour spheroid under pulsed TNF (Abrate et al., BIBM 2024)."""
