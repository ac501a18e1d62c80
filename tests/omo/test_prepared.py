"""Commands on a database that is not prepared say so, instead of showing a table that is not there."""

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from tests.omo.test_settings import manage

COMMANDS = ["check_invariants", "import_catalogue --products any.csv", "replay_receipts any.csv", "load_demo"]
WORDS = "The database is not prepared. Run `.venv/bin/python manage.py migrate`."


@pytest.mark.once
@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_database_is_named_in_one_line(tmp_path, command):
    done = manage(tmp_path, *command.split())
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"CommandError: {WORDS}\n")


@pytest.mark.once
def test_a_database_that_does_not_answer_is_named_in_words(tmp_path):
    done = manage(tmp_path, "check_invariants", DATABASE_URL="postgres://omo@127.0.0.1:1/omo")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: The database does not answer: ")
    assert done.stderr.endswith("Check DATABASE_URL.\n")


@pytest.mark.django_db
def test_a_database_of_an_older_code_is_not_prepared():
    MigrationRecorder.Migration.objects.filter(app="orders").order_by("-pk").first().delete()
    with pytest.raises(CommandError, match="The database is not prepared"):
        call_command("check_invariants")
