/// One factory, in Kafka's package because the constructor that it calls is visible only here: the one that takes time, chance
/// and the message queue from outside.
@NullMarked
package org.apache.kafka.raft;

import org.jspecify.annotations.NullMarked;
