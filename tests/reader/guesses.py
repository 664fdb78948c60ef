"""What should open nothing and might all the same, had the program made a mistake: any key on any object, wrong pairs, keys lying about."""

import keys
import seal
import xwing
from attack import Key

ZEROS = bytes(32)
# The way to what was erased leads through these; the rest comes behind them.
FIRST = (seal.ROOT, seal.SHARD, seal.MEMBER, seal.SLOT_SEED, seal.EPOCH_SHARE, seal.STATE)
# An X-Wing key pair costs about as much as this many comparisons of a commitment.
COST_OF_PAIR = 500


class Guesses:
    """Runs an attack and guesses in turns, until neither yields anything, or until the limits are reached."""

    def __init__(self, attack, limit):
        self._attack = attack
        # {kind of guess: comparisons that may still be spent on it}
        self._left = dict.fromkeys(("epochs", "keys", "seeds"), limit)
        self._pool = []
        self._pooled = set()
        self._crossed = set()
        self._paired = set()
        self.tries = 0
        self.capped = False
        # What opened something although the format gives it no way to.
        self.hits = []

    def run(self):
        self._attack.run()
        while self._guess():
            self._attack.run()

    def _guess(self):
        """Whether a guess opened something."""
        self._fill_pool()
        before = len(self.hits)
        for work in (self._cross_epochs, self._cross_keys, self._pair_seeds):
            work()
            if len(self.hits) > before:
                return True
        return False

    def _spend(self, work, tries):
        """Whether there was still something left to spend."""
        if tries > self._left[work]:
            self.capped = True
            return False
        self._left[work] -= tries
        self.tries += tries
        return True

    def _fill_pool(self):
        """Everything of 32 bytes that is known, then what only looks like a key."""
        loose = [Key(value, f"32 bytes in {view}", ()) for value, view in self._attack.finds.loose.items()]
        for key in [*self._attack.known.values(), Key(ZEROS, "zeros", ()), *loose]:
            if key.value not in self._pooled:
                self._pooled.add(key.value)
                self._pool.append(key)

    def _closed(self, *kinds):
        return [sealed for sealed in self._attack.finds.sealed.values() if sealed.key is None and sealed.kind in kinds]

    def _try(self, work, sealed, key):
        """Whether there was still something left to spend."""
        if not self._spend(work, max(1, len(self._attack.finds.repositories))):
            return False
        if self._attack.try_key(sealed, key):
            self.hits.append(key.way())
        return True

    def _cross_epochs(self):
        """The a of one epoch with the S of another, with none, and with anything else that is known."""
        finds = self._attack.finds
        epochs = list(dict.fromkeys([*finds.shares, *finds.secrets]))
        secrets = {value for found in finds.secrets.values() for value in found} | {ZEROS}
        for own, shares in list(self._attack.shares.items()):
            for share in list(shares.values()):
                for salt in self._pool:
                    for epoch in epochs if salt.value in secrets else (own,):
                        if not self._cross(share, salt, epoch):
                            return

    def _cross(self, share, salt, epoch):
        if (share.value, salt.value, epoch) in self._crossed:
            return True
        self._crossed.add((share.value, salt.value, epoch))
        value = keys.epoch_key(share.value, salt.value, *epoch)
        if value in self._attack.known:
            return True
        key = Key(value, f"E of epoch {epoch[1]}, guessed", (share, salt))
        return all(self._try("epochs", sealed, key) for sealed in self._closed(seal.ROOT))

    def _cross_keys(self):
        """Every key on every object that is still closed."""
        others = [kind for kind in range(seal.SLOT_SEED, seal.STATE + 1) if kind not in FIRST]
        for kind in [*FIRST, *others]:
            for sealed in self._closed(kind):
                while sealed.guessed < len(self._pool) and sealed.key is None:
                    if not self._try("keys", sealed, self._pool[sealed.guessed]):
                        return
                    sealed.guessed += 1

    def _pair_seeds(self):
        """Whether something that lies about is the seed of a slot."""
        public_keys = {public_key for public_key, _ in self._attack.finds.slots}
        for key in self._pool:
            if key.value in self._paired or key.value not in self._attack.finds.loose:
                continue
            if not self._spend("seeds", COST_OF_PAIR):
                return
            self._paired.add(key.value)
            if xwing.public_key(key.value) in public_keys and self._attack.take_seed(key):
                self.hits.append(key.way())
