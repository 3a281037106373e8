"""Slurm without Airflow: what is pure, and the running of its commands."""
