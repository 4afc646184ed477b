package dev.millrace.broker.doctor;

import dev.millrace.engine.doctor.Diagnosis;
import java.util.List;

/// What there is to tell at the end.
///
/// @param first what was found
/// @param last what is left: the same when nothing was to be repaired
record DoctorFindings(
        DoctorOptions options,
        Diagnosis first,
        Diagnosis last,
        List<DoctorRun.Repaired> repaired) {}
