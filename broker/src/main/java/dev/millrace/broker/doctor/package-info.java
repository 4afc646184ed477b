/// `millrace doctor`: checks data directories while no broker runs on them. The brain is [dev.millrace.engine.doctor.Doctor]; here are the
/// words of the command line, the locks, and what a person reads.
///
/// **Start reading at** `docs/doctor.md`, then `DoctorRun`.
@NullMarked
package dev.millrace.broker.doctor;

import org.jspecify.annotations.NullMarked;
