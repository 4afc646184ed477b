/// The cluster's metadata: what is, and who decides that it changes.
///
/// **Role.** An immutable image, replay of Kafka's metadata records onto it, and the controller's decisions as pure functions
/// from image and request to records.
/// **Owner.** The quorum's committed log is the only source of the image; the controller's turn guards the decisions.
/// **May not touch.** Logs, replicas, coordinators: they follow the image.
/// **Start reading at** `MetadataImage`, then `Controller`.
@NullMarked
package dev.millrace.engine.metadata;

import org.jspecify.annotations.NullMarked;
