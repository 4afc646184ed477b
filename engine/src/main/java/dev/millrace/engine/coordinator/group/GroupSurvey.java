package dev.millrace.engine.coordinator.group;

import java.util.ArrayList;
import java.util.List;

/// The groups that this broker coordinates.
///
/// @param groups of the partitions that are loaded
/// @param unavailable partitions of the internal topic that are led here, and whose groups are not known yet
public record GroupSurvey(List<GroupSummary> groups, int unavailable) {
    static final GroupSurvey EMPTY = new GroupSurvey(List.of(), 0);

    static final GroupSurvey UNAVAILABLE = new GroupSurvey(List.of(), 1);

    GroupSurvey and(GroupSurvey other) {
        var all = new ArrayList<GroupSummary>(groups);
        all.addAll(other.groups);
        return new GroupSurvey(all, unavailable + other.unavailable);
    }
}
