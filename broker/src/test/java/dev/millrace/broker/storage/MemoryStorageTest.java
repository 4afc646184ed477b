package dev.millrace.broker.storage;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StorageContract;

class MemoryStorageTest extends StorageContract {
    @Override
    protected Storage storage() {
        return new MemoryStorage();
    }

    @Override
    protected Storage afterCrash(Storage storage) {
        return storage;
    }
}
