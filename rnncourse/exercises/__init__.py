"""The exercises, a sheet for each chapter: the solution, what the learner is told, the slips that a check recognises.

A sheet is named after its chapter's topic; its first constant, CHAPTER, is the chapter's file name. The registry of
`rnncourse.checks` finds every sheet by itself. Modules with a leading underscore hold what several sheets share.
"""
