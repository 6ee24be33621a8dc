# Programs that people start: flowc, flowctl, and what tests and demonstrations need.
