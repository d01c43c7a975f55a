"""Making the shipped models, from the corpora (needs the extra ``train``)."""
