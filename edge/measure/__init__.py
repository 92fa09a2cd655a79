"""The yardsticks: every claim about recognition is measured by a command that ships with the product.

Never imported by the daemon. Pictures are read from a folder that the user names and are never kept.
"""
