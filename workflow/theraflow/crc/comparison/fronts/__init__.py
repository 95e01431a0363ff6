"""What drugs buy: fronts of inefficacy against drug quantity, a patient at a time."""
