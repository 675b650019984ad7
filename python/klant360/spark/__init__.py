"""klant360 on a Spark cluster: Python models, publishing and erasure. See docs/spark.md."""
