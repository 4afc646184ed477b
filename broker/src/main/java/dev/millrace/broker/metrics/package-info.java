/// What the broker tells about itself over HTTP: metrics for Prometheus, groups as JSON.
///
/// **Role.** Gives the facts that the engine knows their outer form. Computed when somebody asks, never else.
/// **Start reading at** `BrokerSite.get`.
@NullMarked
package dev.millrace.broker.metrics;

import org.jspecify.annotations.NullMarked;
