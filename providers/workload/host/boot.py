"""At boot, before any workload starts: interrupted transactions are settled as far as the local disk goes.

Units, links and networks are put right, so that what systemd then starts is the old version or the new one. The rest (is it
healthy, the outcome, what is to be cleaned) waits for a service that runs later; until then the journal stays. Once all have
started, what was being deleted when the power went is deleted to the end.
"""

import back
import data
import files
import journal as journals
import locks
import networks
import paths
import removal
import settle
import systemd
import takeover
import units
from errors import Failure, Unreadable


def settle_all():
    """The verb `settle --boot`. One that cannot be settled is masked alone; the others go on."""
    if paths.STAGED.is_dir():
        files.remove_tree(paths.STAGED)
    for workload in journals.open_workloads():
        with locks.workload(workload):
            try:
                settle_one(workload)
            except Unreadable as error:
                settle.give_up(workload, str(error))
            except (OSError, Failure) as error:
                # Half right may be wrong: it stays down until settling succeeds, which unmasks it.
                print(f"{workload}: {error}: kept down until it is settled", flush=True)
                systemd.mask(paths.service(workload))
                systemd.start_later(paths.settle_unit(workload))


def sweep():
    """The verb `sweep`. Folders of data may be large, those of files have old keys."""
    for folder in (paths.DATA, paths.CONFIG, *paths.CONFIG.glob("[!.]*")):
        files.sweep(folder)


def settle_one(workload):
    journal = journals.load(workload)
    if journal is None:
        return
    if not journal.reached("commit"):
        put_data_back(journal)
        back.restore_link(journal)
        networks.switch_at_boot(journal.old["units"], networks.dropped(journal.old["units"], journal.request.get("units", {})))
    elif journal.action == "remove":
        removal.forget_units(workload)
    else:
        try:
            units.install(journal.request["units"], workload)
        except OSError:
            units.put_on_trial(journal.request["units"], journal.old["units"])
        takeover.retire(journal)
        # Jobs that are queued already take the new text, and one that appeared only now has no job yet.
        systemd.daemon_reload()
        systemd.start_later(paths.service(workload))
    systemd.start_later(paths.settle_unit(workload))


def put_data_back(journal):
    """The data of before takes its place, if it lies at hand. If it has to be restored first, which may take minutes, the
    workload is kept down until its settling has done that: the old version must not start on what the new one made of it.
    """
    if not data.must_go_back(journal):
        return
    if data.is_at_hand(journal):
        data.put_back(journal)
    else:
        systemd.mask(paths.service(journal.workload))
