package dev.millrace.simulator.mutant;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// One planted bug: edits of the engine's source, compiled in memory. The repository's files stay as they are.
///
/// @param ground where it is planted, and what simulation meets it
/// @param name what it does wrong, in words
/// @param edits each of its texts must stand in its file exactly once, or the mutant is out of date
record Mutant(Ground ground, String name, List<Edit> edits) {
    private static final Path SOURCES = Path.of("..", "engine", "src", "main", "java");

    /// @param file below the engine's source root
    record Edit(String file, String from, String to) {}

    /// What the bugs are planted into.
    ///
    /// @param source package of the engine, in which files are named without it
    /// @param own what is defined anew for each mutant: names of types begin so; everything else is shared
    /// @param probe the simulation: an `IntUnaryOperator` from the seeds it may take to those it took, -1 when all pass
    record Ground(String source, List<String> own, String probe) {
        Mutant bug(String name, String file, String from, String to) {
            return asItIs().named(name).and(file, from, to);
        }

        /// No bug.
        Mutant asItIs() {
            return new Mutant(this, "none", List.of());
        }
    }

    private Mutant named(String newName) {
        return new Mutant(ground, newName, edits);
    }

    Mutant and(String file, String from, String to) {
        var all = new ArrayList<>(edits);
        all.add(new Edit(ground.source().replace('.', '/') + "/" + file + ".java", from, to));
        return new Mutant(ground, name, List.copyOf(all));
    }

    /// @return how many seeds it took to meet the bug, -1 when it survived them
    int seedsToCatch(int seeds) throws Exception {
        var simulation =
                (IntUnaryOperator)
                        loader().loadClass(ground.probe()).getDeclaredConstructor().newInstance();
        return simulation.applyAsInt(seeds);
    }

    @Override
    public String toString() {
        return name;
    }

    /// A loader in which the engine has the bug, and the simulation that meets it.
    private ClassLoader loader() throws IOException {
        return new MutantLoader(ground.own(), compile());
    }

    private Map<String, byte[]> compile() throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        for (Edit edit : edits) {
            String source = sources.get(edit.file());
            if (source == null) {
                source = Files.readString(SOURCES.resolve(edit.file()));
            }
            int at = source.indexOf(edit.from());
            if (at < 0 || source.indexOf(edit.from(), at + 1) >= 0) {
                throw new IllegalStateException(
                        "mutant '%s' is out of date: '%s' must stand in %s exactly once"
                                .formatted(name, edit.from(), edit.file()));
            }
            sources.put(edit.file(), source.replace(edit.from(), edit.to()));
        }
        return sources.isEmpty() ? Map.of() : compile(sources);
    }

    private Map<String, byte[]> compile(Map<String, String> sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new DiagnosticCollector<JavaFileObject>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, null, null);
                var outputs = new Outputs(files)) {
            List<Source> units =
                    sources.entrySet().stream()
                            .map(e -> new Source(e.getKey(), e.getValue()))
                            .toList();
            var options =
                    List.of("-proc:none", "-classpath", System.getProperty("java.class.path"));
            if (!compiler.getTask(null, outputs, problems, options, null, units).call()) {
                throw new IllegalStateException(
                        "mutant '" + name + "' does not compile: " + problems.getDiagnostics());
            }
            Map<String, byte[]> classes = new LinkedHashMap<>();
            outputs.classes.forEach((type, bytes) -> classes.put(type, bytes.toByteArray()));
            return classes;
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String file, String text) {
            super(URI.create("string:///" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Outputs extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> classes = new LinkedHashMap<>();

        Outputs(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String type, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("mem:///" + type), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return classes.computeIfAbsent(type, t -> new ByteArrayOutputStream());
                }
            };
        }
    }

    /// Defines the ground and its simulation anew; everything else is the parent's.
    private static final class MutantLoader extends ClassLoader {
        private final List<String> own;
        private final Map<String, byte[]> mutated;

        MutantLoader(List<String> own, Map<String, byte[]> mutated) {
            super(Mutant.class.getClassLoader());
            this.own = own;
            this.mutated = mutated;
        }

        @Override
        protected Class<?> loadClass(String type, boolean resolve) throws ClassNotFoundException {
            if (own.stream().noneMatch(type::startsWith)) {
                return super.loadClass(type, resolve);
            }
            Class<?> known = findLoadedClass(type);
            return known != null ? known : define(type);
        }

        private Class<?> define(String type) throws ClassNotFoundException {
            byte[] bytes = mutated.get(type);
            String resource = type.replace('.', '/') + ".class";
            try (InputStream original = getParent().getResourceAsStream(resource)) {
                if (bytes == null && original == null) {
                    throw new ClassNotFoundException(type);
                }
                byte[] found = bytes != null ? bytes : original.readAllBytes();
                return defineClass(type, found, 0, found.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(type, e);
            }
        }
    }
}
