"""TNF treatments that leave few living cells: searched, and proven by simulation.

A problem is posed for one tumour radius, or for the worst of several. Surrogates or a simulator
evaluate for ``theraflow.search``; what is found is simulated again, with seeds of its own.
"""
