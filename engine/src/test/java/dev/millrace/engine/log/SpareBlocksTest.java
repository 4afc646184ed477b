package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SpareBlocksTest {
    private final SpareBlocks blocks = new SpareBlocks(2);

    @Test
    void aBlockIsLentToOneAtATime() {
        ByteBuffer first = blocks.take(10);
        assertNotSame(first, blocks.take(10));

        blocks.giveBack(first);
        assertSame(first, blocks.take(10));
        assertNotSame(first, blocks.take(10));
    }

    @Test
    void whatWasGivenBackIsWholeAgain() {
        ByteBuffer block = blocks.take(10);
        blocks.giveBack(block.position(3).limit(5));
        assertEquals(10, blocks.take(7).remaining());
    }

    @Test
    void oneThatIsTooSmallGivesWayToALargerOne() {
        blocks.giveBack(blocks.take(10));
        ByteBuffer larger = blocks.take(20);
        assertTrue(larger.remaining() >= 20);

        blocks.giveBack(larger);
        assertSame(larger, blocks.take(10));
    }

    @Test
    void whatFindsNoRoomIsForgotten() {
        ByteBuffer third = ByteBuffer.allocate(10);
        blocks.giveBack(ByteBuffer.allocate(10));
        blocks.giveBack(ByteBuffer.allocate(10));
        blocks.giveBack(third);
        assertNotSame(third, blocks.take(10));
        assertNotSame(third, blocks.take(10));
        assertNotSame(third, blocks.take(10));
    }
}
