package dev.millrace.simulator.force;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// One TCP connection from a machine to another, by way of a road there and a road back. Also its end travels: who is at the other side
/// hears of it when the road is open.
final class Crossing {
    private static final int CONNECT_MS = 3_000;
    private static final int PARCEL_BYTES = 16 << 10;

    /// Parcels on the way; at the bound the sender's window is full.
    private static final int MOST_PARCELS = 64;

    private static final Parcel END = new Parcel(ByteBuffer.allocate(0), 0);

    private final Socket near;
    private final Socket far = new Socket();
    private final Road there;
    private final Road back;
    private volatile boolean ended;

    /// @param bytes none: the sender has ended
    private record Parcel(ByteBuffer bytes, long arrivalNs) {
        boolean isTheEnd() {
            return bytes.capacity() == 0;
        }
    }

    Crossing(Socket near, Road there, Road back) {
        this.near = near;
        this.there = there;
        this.back = back;
    }

    /// Carries until both sides have ended, or it is broken.
    void carry(InetSocketAddress target) {
        try {
            if (there.awaitOpen(this::ended) && back.awaitOpen(this::ended)) {
                far.connect(target, CONNECT_MS);
                far.setTcpNoDelay(true);
                near.setTcpNoDelay(true);
                var answers = Thread.ofVirtual().start(() -> oneWay(far, near, back, there));
                oneWay(near, far, there, back);
                answers.join();
            }
        } catch (IOException e) {
            // nobody there: the caller hears so
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            breakOff();
        }
    }

    private boolean ended() {
        return ended;
    }

    /// Ends it at once, for both sides, as a reset does.
    void breakOff() {
        ended = true;
        reset(near);
        reset(far);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // closed already
        }
        try {
            socket.close();
        } catch (IOException e) {
            // closed already
        }
    }

    private void oneWay(Socket from, Socket to, Road road, Road opposite) {
        BlockingQueue<Parcel> parcels = new ArrayBlockingQueue<>(MOST_PARCELS);
        var delivery = Thread.ofVirtual().start(() -> deliver(parcels, to, road, opposite));
        try {
            collect(from, parcels, road);
            delivery.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void collect(Socket from, BlockingQueue<Parcel> parcels, Road road)
            throws InterruptedException {
        byte[] buffer = new byte[PARCEL_BYTES];
        try {
            InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                put(
                        parcels,
                        new Parcel(ByteBuffer.wrap(Arrays.copyOf(buffer, n)), road.arrivalNs()));
            }
        } catch (IOException e) {
            // reset: for the other side an end like any other
        }
        put(parcels, END);
    }

    private void put(BlockingQueue<Parcel> parcels, Parcel parcel) throws InterruptedException {
        while (!ended && !parcels.offer(parcel, 100, TimeUnit.MILLISECONDS)) {
            Thread.onSpinWait();
        }
    }

    private void deliver(BlockingQueue<Parcel> parcels, Socket to, Road road, Road opposite) {
        try {
            try {
                while (!ended) {
                    Parcel parcel = parcels.poll(100, TimeUnit.MILLISECONDS);
                    if (parcel == null) {
                        continue;
                    }
                    TimeUnit.NANOSECONDS.sleep(parcel.arrivalNs - System.nanoTime());
                    if (!road.awaitOpen(this::ended)) {
                        return;
                    }
                    if (parcel.isTheEnd()) {
                        to.shutdownOutput();
                        return;
                    }
                    road.pace(parcel.bytes.capacity());
                    byte[] bytes = new byte[parcel.bytes.remaining()];
                    parcel.bytes.get(bytes);
                    to.getOutputStream().write(bytes);
                }
            } catch (IOException e) {
                // Who was there is gone; the sender hears so when the opposite road is open.
                opposite.awaitOpen(this::ended);
                breakOff();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
