"""Churn risk: how likely the author of a post is about to leave, or is leaving, a company.

``reader`` is the way in. ``prefilter`` lets most posts go; ``words`` cuts the others into sentences
of plain words, ``brands`` marks the companies in them, and ``verbs`` finds every mention of leaving
(``ending``, ``quitting``, ``moving``, ``phrases``, in the words of ``vocabulary``). ``context``
says how each is meant (``excuses``, ``subjects``) and ``targets`` who is left; ``examine`` puts
this together, ``risk`` weighs it, ``fit`` finds the weights.
"""
