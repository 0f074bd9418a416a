# SPDX-License-Identifier: MIT
"""Java 17: the JVM's own threads beside the program's."""
import kit


@kit.program("Java 17", "openjdk-17-jdk-headless")
def threads(box):
    program = box.built("Threads.java", "javac", "-d", "{program}-classes",
                        "{source}")
    done = box.run("java", "-Xmx256m", "-XX:+UseParallelGC",
                   "-XX:-UsePerfData", "-cp", f"{program}-classes", "Threads")
    return {"out": done.out, "status": done.status}
