"""The commands of `portal`, one file for each thing they are about; `portal.cli` puts them under one name."""
