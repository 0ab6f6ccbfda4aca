"""Data of the course, one module a data set; SOURCE says where its numbers come from, LICENCE on what terms.

Kept in the package, with a hash that load() checks: sunspots, japanese_vowels, pendigits. Generated from an rng: tasks,
pronouns.
"""
