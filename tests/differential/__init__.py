"""The rules in Python and the contracts on a chain, living through the same lives, and agreeing to the minor unit.

lives.py        the generator: terms, a pool, and what happens to them
worlds.py       the two worlds, with the same verbs: the reference model, and the contracts
compare.py      each verb done in both, and everything that both then say
play.py         a life, played day by day
stage.py        one chain with the contracts on it, to whose first day each life returns
"""
