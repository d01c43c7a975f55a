"""What the models say of texts: sentiment, emotion, toxicity and churn risk.

``inference.analyzer`` is the port; nothing here knows of Kafka or of stores.
"""
