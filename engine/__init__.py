"""Zholdama's engine: BPMN, tasks, time and people at work. It knows no ministry."""
