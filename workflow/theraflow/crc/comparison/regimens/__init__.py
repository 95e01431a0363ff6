"""One regimen for many, against the therapies that suit each patient best."""
