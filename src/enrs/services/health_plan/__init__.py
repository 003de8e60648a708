"""Plan personnalisé de santé (PAERPA): the plan of care of people of 75 and over, a view of `core.plans`."""
