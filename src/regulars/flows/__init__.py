"""What crosses slices: one package per verb of the business. None knows another."""
