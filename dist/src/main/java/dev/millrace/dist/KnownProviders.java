package dev.millrace.dist;

/// Names a provider that the JVM would otherwise look for in every library: opening some sixty of them costs 50 ms of CPU and 3 MB, and
/// there is none to be found.
final class KnownProviders {
    private static final String SELECTORS = "java.nio.channels.spi.SelectorProvider";

    private static final String LOGS = "slf4j.provider";

    /// The JDK's own choice on Linux; it has no name that all systems share.
    private static final String ON_LINUX = "sun.nio.ch.EPollSelectorProvider";

    private KnownProviders() {}

    /// To be called before the first socket and the first logger.
    static void name() {
        if (System.getProperty(LOGS) == null) {
            System.setProperty(LOGS, "dev.millrace.dist.log.LogProvider");
        }
        if (System.getProperty(SELECTORS) == null
                && System.getProperty("os.name", "").equals("Linux")
                && isThere(ON_LINUX)) {
            System.setProperty(SELECTORS, ON_LINUX);
        }
    }

    private static boolean isThere(String name) {
        try {
            Class.forName(name);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
